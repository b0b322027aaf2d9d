"""Programs that throw made-up input at decoders for as long as they are told: `make fuzz`, not part of the test run."""
