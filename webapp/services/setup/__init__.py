"""What an installation is set up as, in one file: its retry policies, channels, providers, subscribers and people."""
