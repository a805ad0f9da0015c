"""Sessions and the devices that they are on."""
