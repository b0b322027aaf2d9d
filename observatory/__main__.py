"""Run the command `observatory` as `python -m observatory`."""

from observatory.cli import main

if __name__ == "__main__":
    main()
