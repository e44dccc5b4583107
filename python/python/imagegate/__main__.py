"""`python -m imagegate`"""

from imagegate._cli import main

if __name__ == "__main__":
    main()
