"""Large values that no column of Postgres should hold: files in a folder, or objects in an S3-compatible store."""
