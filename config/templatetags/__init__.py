"""Words for templates, of every app: `{% load house %}`."""
