def discounted(cents, percent):
    """The price in cents after a discount in percent."""
    return cents - cents * percent // 100
