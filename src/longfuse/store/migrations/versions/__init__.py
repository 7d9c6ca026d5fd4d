"""One module a revision; each stands for itself and is never changed after its release."""
