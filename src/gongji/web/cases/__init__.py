"""Cases at the desk: visits and their bills, claims from papers to payment, what is taken back."""
