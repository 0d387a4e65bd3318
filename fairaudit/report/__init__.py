"""Reports: each format is one function from an audit to a text; writing files is here and whole or not at all."""
