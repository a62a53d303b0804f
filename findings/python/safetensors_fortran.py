"""safetensors writes an array that is not in C order scrambled and without an error; a reversed view takes in memory beside it."""

import json

import numpy as np
from safetensors.numpy import load, save

numbers = np.arange(12.0)
arrays = {
    "C order": numbers[:6].reshape(2, 3),
    "Fortran order": np.asfortranarray(numbers[:6].reshape(2, 3)),
    "reversed": numbers[:6][::-1],  # the elements 5 to 0; what follows 5 in memory is not among them
}
read = {name: load(save({"x": array}))["x"] for name, array in arrays.items()}
wrong = {name: not np.array_equal(read[name], array) for name, array in arrays.items()}
confirmed = wrong == {"C order": False, "Fortran order": True, "reversed": True}
observed = {name: {"written": array.tolist(), "read": read[name].tolist()} for name, array in arrays.items() if wrong[name]}
print(json.dumps({"confirmed": confirmed, "observed": observed}))
