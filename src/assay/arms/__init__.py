"""Python arms: one module per framework, one function per benchmark."""
