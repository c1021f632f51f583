"""Files for a bank: the rows in, one immutable text out. Each layout is a file here; profiles of columns are data."""
