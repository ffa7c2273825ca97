# The price in cents after a discount in percent.
discounted() {
  local cents=$1 percent=$2
  echo $((cents - cents * percent / 100))
}
