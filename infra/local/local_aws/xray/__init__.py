"""X-Ray, as far as a service graph needs it: segments go in, the graph of who calls whom comes out."""
