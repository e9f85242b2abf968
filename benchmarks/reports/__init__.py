"""Reports, from the request to the PDF, beside papermill and nbconvert. Run by `make bench`."""
