import unittest

from discount import discounted


class DiscountTest(unittest.TestCase):
    def test_takes_a_quarter_off(self):
        self.assertEqual(discounted(1000, 25), 750)

    def test_is_never_below_zero(self):
        self.assertEqual(discounted(1000, 150), 0)
