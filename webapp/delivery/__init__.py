"""The engine, the reason Belfry exists: claim, decide, send with no transaction open, write down."""
