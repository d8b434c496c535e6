"""The words that demo data is made of.

Knows no record.
"""

from __future__ import annotations

FIRST_NAMES = (
    "Amara",
    "Bruno",
    "Chiara",
    "Dmitri",
    "Elena",
    "Farid",
    "Grace",
    "Hiro",
    "Ingrid",
    "Jamal",
    "Katarina",
    "Liam",
    "Mei",
    "Nadia",
    "Oscar",
    "Priya",
    "Quentin",
    "Rosa",
    "Stefan",
    "Tara",
    "Uma",
    "Viktor",
    "Wanda",
    "Xavier",
    "Yusuf",
    "Zoe",
)
LAST_NAMES = (
    "Abara",
    "Bergmann",
    "Costa",
    "Dvorak",
    "Eriksen",
    "Ferreira",
    "Greene",
    "Hoffmann",
    "Ivanova",
    "Jensen",
    "Kaur",
    "Lindqvist",
    "Moreau",
    "Nakamura",
    "O'Brien",
    "Petrov",
    "Quist",
    "Rossi",
    "Schneider",
    "Tanaka",
    "Ueda",
    "Varga",
    "Wong",
    "Xu",
    "Yilmaz",
    "Zhang",
)
#: Name, industry, employees, web domain, city, country.
COMPANIES = (
    ("Aurora Robotics", "Manufacturing", 240, "aurora-robotics", "Munich", "Germany"),
    ("Bluefin Logistics", "Large Enterprise", 1800, "bluefin", "Rotterdam", "Netherlands"),
    ("Cobalt Analytics", "Technology", 65, "cobalt-analytics", "Dublin", "Ireland"),
    ("Delta Harbour Bank", "Financial Services", 5200, "deltaharbour", "Hamburg", "Germany"),
    ("Evergreen Foods", "Manufacturing", 410, "evergreen-foods", "Lyon", "France"),
    ("Foxglove Studios", "Communications", 38, "foxglove", "Barcelona", "Spain"),
    ("Granite Insurance", "Financial Services", 930, "granite", "Zurich", "Switzerland"),
    ("Helios Energy", "Large Enterprise", 2750, "helios-energy", "Seville", "Spain"),
    ("Ironbridge Steel", "Manufacturing", 3400, "ironbridge", "Sheffield", "United Kingdom"),
    ("Juniper Schools", "Education", 120, "juniper-schools", "Vienna", "Austria"),
    ("Kestrel Aviation", "Service Provider", 640, "kestrel", "Toulouse", "France"),
    ("Lumen Health", "Technology", 310, "lumen-health", "Copenhagen", "Denmark"),
    ("Meridian Travel", "Service Provider", 85, "meridian", "Lisbon", "Portugal"),
    ("Northwind Software", "Technology", 150, "northwind", "Oslo", "Norway"),
    ("Orchid Cosmetics", "Small/Medium Enterprise", 95, "orchid", "Milan", "Italy"),
    ("Pinnacle Estates", "Real Estate", 44, "pinnacle", "London", "United Kingdom"),
    ("Quarry Lane Media", "Communications", 27, "quarrylane", "Brussels", "Belgium"),
    ("Redwood Consulting", "Consulting", 210, "redwood", "Berlin", "Germany"),
    ("Silverline Telecom", "Data/Telecom OEM", 4100, "silverline", "Warsaw", "Poland"),
    ("Tidewater Marine", "Service Provider", 560, "tidewater", "Gothenburg", "Sweden"),
    ("Umbra Security", "Technology", 73, "umbra", "Tallinn", "Estonia"),
    ("Vantage Optics", "Optical Networking", 190, "vantage-optics", "Jena", "Germany"),
    ("Willow Textiles", "Manufacturing", 330, "willow", "Porto", "Portugal"),
    ("Zenith Storage", "Storage Equipment", 145, "zenith", "Prague", "Czechia"),
)
TITLES = (
    "Head of Purchasing",
    "IT Manager",
    "Managing Director",
    "Operations Lead",
    "Marketing Manager",
    "CFO",
    "Project Manager",
    "Founder",
)
NOTES = (
    ("First call", "Asked for a demo next week. Decides together with the CFO."),
    ("Requirements", "Needs single sign-on and an import from spreadsheets; about 40 users."),
    ("Pricing", "Our offer is a little above the competitor's. Open to a two-year contract."),
    ("Follow-up", "Sent the case study. Will be back from holiday on Monday."),
    ("Budget", "The budget is approved for the next quarter."),
)
#: Name, code, price, category.
PRODUCTS = (
    ("Field Tablet", "HW-100", 640.0, "Hardware"),
    ("Rugged Case", "HW-110", 45.0, "Hardware"),
    ("Docking Station", "HW-120", 130.0, "Hardware"),
    ("Route Planner", "SW-200", 1200.0, "Software"),
    ("Stock Manager", "SW-210", 2400.0, "Software"),
    ("Customer Portal", "SW-220", 3600.0, "CRM Applications"),
    ("Onboarding Day", "SV-300", 950.0, "Services"),
    ("Premium Support", "SV-310", 1500.0, "Services"),
    ("Data Migration", "SV-320", 2800.0, "Services"),
    ("Security Review", "SV-330", 1900.0, "Services"),
)
#: The contact roles of a fresh organisation, by id.
CONTACT_ROLES = {
    f"{3652397_000000_038000 + number}": {
        "id": f"{3652397_000000_038000 + number}",
        "name": name,
        "sequence_number": number,
    }
    for number, name in enumerate(
        (
            "Decision Maker",
            "Product Management",
            "Purchasing",
            "Executive Sponsor",
            "Engineering Lead",
            "Economic Decision Maker",
            "Technical Decision Maker",
            "Developer/Evaluator",
        ),
        start=1,
    )
}
