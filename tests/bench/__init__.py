"""What things cost, side by side in one run: `make bench`. Compare the ratios; single figures move with the machine."""
