defmodule Discount do
  @doc "The price in cents after a discount in percent."
  def discounted(cents, percent) do
    cents - div(cents * percent, 100)
  end
end
