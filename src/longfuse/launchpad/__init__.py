"""What a user may ask of a LaunchPad: the application service over the engine and a store."""
