"""`python -m authwell` is `authwell`."""

from authwell.ops.cli import main

if __name__ == "__main__":
    main()
