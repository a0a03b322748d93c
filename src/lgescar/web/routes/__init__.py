"""One small file by subject; ``web/table.py`` lists every route with its protection."""
