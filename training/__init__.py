"""Middle floor: stored messages in; voices and text out."""
