"""The Gradio page: layout, handlers, and every word a user reads."""
