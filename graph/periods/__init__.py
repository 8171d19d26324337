"""From acts to dated periods of recognition and relations."""
