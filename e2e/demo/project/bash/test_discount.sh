source ./discount.sh
failures=0

expect() { # expect NAME EXPECTED ACTUAL
  if [ "$2" = "$3" ]; then
    echo "ok - $1"
  else
    echo "not ok - $1: expected $2, got $3"
    failures=$((failures + 1))
  fi
}

expect "takes a quarter off" 750 "$(discounted 1000 25)"
expect "is never below zero" 0 "$(discounted 1000 150)"
exit $((failures > 0))
