"""The launch directory, protocol 1: the only road between a rocket and the LaunchPad. Standard library only."""
