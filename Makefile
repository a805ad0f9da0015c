.PHONY: run test check

run:
	./run

test:
	./test

check:
	./test check
