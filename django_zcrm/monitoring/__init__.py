"""Records calls: daily counts (`usage`) and spans (`tracing`), both fed by `observer`."""
