"""A signed request to a receiver of the user when a job has ended. No other code connects to what users name."""
