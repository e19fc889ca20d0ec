"""Problems of money: earning, saving, buying, prices that change. Data, no code."""

from harness.tasks.problems.template import Step, Template

MONEY = (
    Template(
        "savings",
        "{who} has ${start} and saves ${weekly} every week. After {weeks} weeks {he} buys a {thing} for ${price}. How "
        "many dollars does {he} have left?",
        {"start": range(15, 90), "weekly": range(6, 30), "weeks": range(5, 16), "price": range(40, 160)},
        (
            Step("saved", "weekly * weeks", "{who} saves {dollars}."),
            Step("total", "start + saved", "Then {he} has {dollars}."),
            Step("left", "total - price", "After buying the {thing}, {he} has {dollars} left."),
        ),
        {"thing": ("tent", "camera", "guitar", "telescope")},
    ),
    Template(
        "stall",
        "At the market {who} sells {apples} bags of {one} for ${first} each and {pears} bags of {two} for ${second} "
        "each. {He} pays ${rent} for the stall. How many dollars does {he} earn after paying for the stall?",
        {
            "apples": range(8, 40),
            "first": range(3, 8),
            "pears": range(6, 30),
            "second": range(4, 9),
            "rent": range(20, 70, 5),
        },
        (
            Step("some", "apples * first", "The {one} bring {dollars}."),
            Step("more", "pears * second", "The {two} bring {dollars}."),
            Step("both", "some + more", "Together that is {dollars}."),
            Step("earned", "both - rent", "After paying for the stall {who} has {dollars}."),
        ),
        {"one": ("apples", "carrots", "onions"), "two": ("pears", "walnuts", "grapes")},
    ),
    Template(
        "sale",
        "A {thing} usually costs ${price}. In a sale it is {rate}% cheaper. {who} buys {count} of them in the sale "
        "and pays with a gift card of ${card}. How many dollars are left on the card?",
        {
            "price": range(20, 90, 5),
            "rate": (10, 15, 20, 25, 30, 40),
            "count": range(2, 7),
            "card": range(100, 501, 50),
        },
        (
            Step("off", "price * rate / 100", "The price falls by {dollars}."),
            Step("sale", "price - off", "One {thing} costs {dollars} in the sale."),
            Step("paid", "sale * count", "{who} pays {dollars}."),
            Step("left", "card - paid", "So {dollars} are left on the card."),
        ),
        {"thing": ("lamp", "jacket", "backpack", "clock")},
    ),
    Template(
        "overtime",
        "{who} earns ${wage} per hour for the first {usual} hours of a week and ${extra} more per hour after that. "
        "Last week {he} worked {hours} hours. How many dollars did {he} earn?",
        {"wage": range(9, 30), "usual": (20, 25, 30, 35, 40), "extra": range(3, 12), "hours": range(26, 56)},
        (
            Step("normal", "usual * wage", "The first {usual} hours bring {dollars}."),
            Step("over", "hours - usual", "{who} worked {work} hours beyond these."),
            Step("higher", "wage + extra", "For each of them {he} gets {dollars}."),
            Step("late", "over * higher", "These hours bring {dollars}."),
            Step("earned", "normal + late", "So {he} earned {dollars}."),
        ),
    ),
    Template(
        "memberships",
        "{one} costs ${join} to join and ${month} per month. {two} has no joining fee and costs ${dear} per month. "
        "How many dollars does a member of {one} save over {months} months?",
        {"join": range(15, 70, 5), "month": range(12, 40), "dear": range(20, 60), "months": range(6, 19)},
        (
            Step("monthly", "month * months", "The months at {one} cost {dollars}."),
            Step("first", "join + monthly", "With the fee that is {dollars}."),
            Step("second", "dear * months", "{two} costs {dollars}."),
            Step("saved", "second - first", "A member of {one} saves {dollars}."),
        ),
        {"one": ("Green Gym", "Lake Gym", "Old Mill Gym"), "two": ("Hill Gym", "City Gym", "River Gym")},
    ),
    Template(
        "tickets",
        "A ticket for the {place} costs ${adult} for an adult and half as much for a child. {who} buys tickets for "
        "{adults} adults and {children} children and has a coupon for ${off} off the whole price. How many dollars "
        "does {he} pay?",
        {"adult": range(8, 40, 2), "adults": range(2, 7), "children": range(2, 12), "off": range(5, 31)},
        (
            Step("child", "adult / 2", "A child's ticket costs {dollars}."),
            Step("grown", "adult * adults", "The adults' tickets cost {dollars}."),
            Step("small", "child * children", "The children's tickets cost {dollars}."),
            Step("whole", "grown + small", "Together they cost {dollars}."),
            Step("paid", "whole - off", "With the coupon {who} pays {dollars}."),
        ),
        {"place": ("circus", "aquarium", "theater", "fair")},
    ),
    Template(
        "purse",
        "{who} spends half of {his} money on a {thing} and then ${lunch} on lunch. After that {he} has ${left} left. "
        "How many dollars did {he} have at first?",
        {"lunch": range(6, 40), "left": range(5, 90)},
        (
            Step("half", "lunch + left", "Before lunch {who} had {dollars}, which was half of {his} money."),
            Step("first", "half * 2", "So at first {he} had {dollars}."),
        ),
        {"thing": ("book", "scarf", "board game", "plant")},
    ),
    Template(
        "workshop",
        "{who} repairs bicycles and scooters. A bicycle costs {him} ${cost} and sells for ${price}. A scooter costs "
        "{him} ${less} and sells for ${cheap}. In a month {he} sells {count} bicycles and {others} scooters and pays "
        "${rent} of rent. How many dollars of profit are left?",
        {
            "cost": range(20, 50),
            "price": range(55, 99),
            "less": range(5, 12),
            "cheap": range(15, 30),
            "count": range(8, 30),
            "others": range(5, 25),
            "rent": range(100, 300, 10),
        },
        (
            Step("gain", "price - cost", "{who} gains {dollars} on each bicycle."),
            Step("small", "cheap - less", "{He} gains {dollars} on each scooter."),
            Step("large", "gain * count", "All bicycles bring {dollars}."),
            Step("few", "small * others", "All scooters bring {dollars}."),
            Step("both", "large + few", "Together that is {dollars}."),
            Step("profit", "both - rent", "After the rent {dollars} are left."),
        ),
    ),
    Template(
        "tiles",
        "{who} covers a floor of {length} meters by {width} meters with tiles. A box of tiles covers {covers} square "
        "meters and costs ${price}. {He} buys just enough boxes and pays ${labor} for the work. How many dollars does "
        "the floor cost in all?",
        {
            "length": range(4, 15),
            "width": range(3, 11),
            "covers": (2, 3, 4, 5, 6),
            "price": range(14, 60),
            "labor": range(50, 250, 10),
        },
        (
            Step("area", "length * width", "The floor has {work} square meters."),
            Step("boxes", "area / covers", "{who} needs {work} boxes."),
            Step("tiles", "boxes * price", "The tiles cost {dollars}."),
            Step("all", "tiles + labor", "In all the floor costs {dollars}."),
        ),
    ),
    Template(
        "notebooks",
        "{who} buys {count} {thing} for ${price} each and pays with ${cash}. How many dollars of change does {he} get?",
        {"count": range(3, 13), "price": range(3, 12), "cash": (50, 100)},
        (
            Step("paid", "count * price", "The {thing} cost {dollars}."),
            Step("change", "cash - paid", "{who} gets {dollars} back."),
        ),
        {"thing": ("notebooks", "sandwiches", "mugs", "brushes", "puzzles")},
    ),
    Template(
        "payments",
        "A {thing} costs ${price}. {who} pays ${first} at once and the rest in {months} equal monthly payments. How "
        "many dollars is each payment?",
        {"price": range(200, 990, 10), "first": range(20, 150, 5), "months": (4, 5, 6, 8, 10, 12)},
        (
            Step("rest", "price - first", "The rest is {dollars}."),
            Step("payment", "rest / months", "Each payment is {dollars}."),
        ),
        {"thing": ("phone", "washing machine", "sofa", "laptop")},
    ),
)
