"""Where each sensor sits, how its lens bends light, what its clock says. No labels here."""
