defmodule DiscountTest do
  use ExUnit.Case

  test "takes a quarter off", do: assert(Discount.discounted(1000, 25) == 750)
  test "is never below zero", do: assert(Discount.discounted(1000, 150) == 0)
end
