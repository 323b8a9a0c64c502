"""`gatehouse doctor`: whether the settings and all that the service stands on are as they should be."""
