"""Surface text to :class:`ie_model.schema.Quantity`: value, range, unit, currency, modifier.

``read_quantity`` reads one span; it is usable on its own::

    from ie_model.quantities import read_quantity

    text = "بیش از ۱۲۱ میلیارد تومان پرداخت شد"
    reading = read_quantity(text, 7, 24)
    reading.quantity.value  # Decimal("121000000000")
"""

from ie_model.quantities.reader import Reading, read_quantity

__all__ = ["Reading", "read_quantity"]
