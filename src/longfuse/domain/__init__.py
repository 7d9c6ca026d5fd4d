"""What is true of Fireworks and Workflows, without IO, clock or randomness."""
