"""One module per dataset, each declaring DATASET; the file's name is the dataset's name."""
