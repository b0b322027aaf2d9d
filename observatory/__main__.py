"""`python -m observatory` is the command `observatory`."""

from observatory.cli import main

if __name__ == "__main__":
    main()
