"""Persian quantities: read one span, or find them all.

Usable on its own::

from ie_model.quantities import find_quantities, read_quantity

text = "بیش از ۱۲۱ میلیارد تومان پرداخت شد"
reading = read_quantity(text, 7, 24)
reading.quantity.value  # Decimal("121000000000")
reading.quantity.modifier  # "more_than"
[(found.start, found.end) for found in find_quantities(text)]  # [(7, 24)]
"""

from ie_model.quantities.finding.find import FoundQuantity, find_quantities, find_spans
from ie_model.quantities.reader import Reading, read_quantity
from ie_model.quantities.units import SiQuantity, to_si

__all__ = [
    "FoundQuantity",
    "Reading",
    "SiQuantity",
    "find_quantities",
    "find_spans",
    "read_quantity",
    "to_si",
]
