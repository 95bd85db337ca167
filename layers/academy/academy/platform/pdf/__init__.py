"""Documents that people keep: text of any script shaped and measured, drawn the same to the byte each time.

Only the function that draws carries what this needs (reportlab, uharfbuzz, segno); nothing on the path of a request imports it.
"""
