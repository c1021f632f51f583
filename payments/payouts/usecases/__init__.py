"""What can be done about payouts, one module for each noun."""
