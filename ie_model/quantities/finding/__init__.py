"""Finding quantities by grammar alone; ``find`` is the door.

From below: ``scan`` (words with offsets), ``candidates`` (numbers and ranges with their unit), ``extent``
(where the counted noun ends), ``sight`` and ``exclusions`` (numbers that are no quantities), ``find``.
"""
