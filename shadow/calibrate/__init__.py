"""`shadow calibrate`: labels in, a certificate and what surrounds it out. Imported by that command and the scorer."""
