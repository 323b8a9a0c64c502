"""The console: the web page of the service. `built/` is made from the folder `console/` by `make console`."""
