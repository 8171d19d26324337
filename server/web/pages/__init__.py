"""The pages: one module for each page or family of pages."""
