"""What workers of the pool's tests do; imports little, so that they start fast."""

import os
import signal

from rvm.errors import DataError


def square(number):
    return number * number


def add_up(arrays, factor):
    """Also writes into an array: it must not be that of another call."""
    total = {name: float(array.sum()) * factor for name, array in arrays.items()}
    for array in arrays.values():
        array[...] = 0
    return total, os.getpid()


def refuse(number):
    raise DataError(f'number {number} is not liked')


def die(number):
    os.kill(os.getpid(), signal.SIGKILL)
