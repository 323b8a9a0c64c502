"""From a parsed request to its answer: document, price, admission, execution."""
