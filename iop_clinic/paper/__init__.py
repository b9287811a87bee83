"""Documents on paper: what is on a sheet as plain data, made into a PDF that a reader can use."""
