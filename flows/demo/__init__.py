"""demo: a made-up county's day from crawled pages and submissions to issued bulletins, told as it goes.

Everything in `county/` is written for this project; no person, place, company or figure in it is real. What the
demo does it does by the product's own parts: spiders over loopback, the API over HTTP, import of files, one run of
the process flow, the office's use cases, the real renderer.
"""
