"""The Firetasks of FireWorks' tutorials, which its users' stored workflows may name."""
