"""Local and remote language-model engines, and the model files they need."""
