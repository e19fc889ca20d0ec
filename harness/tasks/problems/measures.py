"""Problems of time, way, length, area, weight and volume. Data, no code."""

from harness.tasks.problems.template import Step, Template

MEASURES = (
    Template(
        "pump",
        "A pump moves {liters} liters of water every {minutes} minutes. How many minutes does it need to fill {tanks} "
        "tanks of {size} liters each?",
        {"liters": range(10, 60, 5), "minutes": range(2, 8), "tanks": range(2, 9), "size": range(60, 400, 20)},
        (
            Step("all", "tanks * size", "The tanks hold {work} liters."),
            Step("times", "all / liters", "That is {work} times as much as the pump moves in {minutes} minutes."),
            Step("time", "times * minutes", "So it needs {work} minutes."),
        ),
    ),
    Template(
        "trip",
        "{who} drives for {first} hours at {fast} miles per hour and then for {second} hours at {slow} miles per "
        "hour. The whole trip is {trip} miles long. How many miles are still to go?",
        {
            "first": range(2, 6),
            "fast": range(50, 76, 5),
            "second": range(2, 5),
            "slow": range(25, 50, 5),
            "trip": range(250, 700, 10),
        },
        (
            Step("one", "first * fast", "First {who} drives {work} miles."),
            Step("two", "second * slow", "Then {he} drives {work} miles."),
            Step("driven", "one + two", "Together that is {work} miles."),
            Step("left", "trip - driven", "There are {work} miles to go."),
        ),
    ),
    Template(
        "reading",
        "{who} reads a book of {pages} pages. {He} reads {slow} pages a day for {days} days. After that {he} reads "
        "{fast} pages a day. On how many days does {he} read in all?",
        {"pages": range(150, 480, 10), "slow": range(8, 25), "days": range(3, 10), "fast": range(26, 50)},
        (
            Step("read", "slow * days", "On the first days {who} reads {work} pages."),
            Step("left", "pages - read", "Then {work} pages are left."),
            Step("more", "left / fast", "They take {work} days."),
            Step("all", "days + more", "In all {he} reads on {work} days."),
        ),
    ),
    Template(
        "candle",
        "A burning candle gets {rate} millimeters shorter every hour. {who} lights a candle of {tall} millimeters at "
        "{start} o'clock in the afternoon and blows it out at {end} o'clock. The next day it burns for {more} hours. "
        "How many millimeters tall is it then?",
        {
            "tall": range(120, 300, 10),
            "start": (2, 3, 4, 5),
            "end": (7, 8, 9, 10),
            "rate": range(7, 25),
            "more": (2, 3, 4, 5),
        },
        (
            Step("hours", "end - start", "On the first day the candle burns for {work} hours."),
            Step("all", "hours + more", "On both days it burns for {work} hours."),
            Step("burnt", "all * rate", "It gets {work} millimeters shorter."),
            Step("left", "tall - burnt", "Then it is {work} millimeters tall."),
        ),
    ),
    Template(
        "train",
        "A {train} goes {way} kilometers in {hours} hours. How many kilometers does it go in {more} hours at the same "
        "speed?",
        {"way": range(120, 900, 10), "hours": range(2, 8), "more": range(3, 13)},
        (
            Step("speed", "way / hours", "In an hour it goes {work} kilometers."),
            Step("far", "speed * more", "In {more} hours it goes {work} kilometers."),
        ),
        {"train": ("train", "ferry", "bus", "freight train")},
    ),
    Template(
        "painting",
        "{who} paints {morning} meters of a fence in the morning and {times} times as much in the afternoon. The "
        "fence is {long} meters long. How many meters are left to paint?",
        {"morning": range(6, 30), "times": (3, 4), "long": range(60, 200)},
        (
            Step("later", "morning * times", "In the afternoon {who} paints {work} meters."),
            Step("painted", "morning + later", "That makes {work} meters in the day."),
            Step("left", "long - painted", "There are {work} meters left."),
        ),
    ),
    Template(
        "practice",
        "{who} practices the {thing} for {week} minutes on each of the five days from Monday to Friday and for {end} "
        "minutes on both Saturday and Sunday. How many hours does {he} practice in {weeks} weeks?",
        {"week": range(15, 65, 5), "end": range(20, 125, 5), "weeks": range(2, 13)},
        (
            Step("five", "week * 5", "From Monday to Friday that is {work} minutes."),
            Step("two", "end * 2", "At the weekend that is {work} minutes."),
            Step("both", "five + two", "In a week it is {work} minutes."),
            Step("all", "both * weeks", "In {weeks} weeks it is {work} minutes."),
            Step("hours", "all / 60", "That is {work} hours."),
        ),
        {"thing": ("piano", "violin", "flute", "trumpet")},
    ),
    Template(
        "garden",
        "A garden is {length} meters long and {width} meters wide. {who} plants {one} on a quarter of it and {two} on "
        "{beans} square meters. How many square meters are still free?",
        {"length": range(8, 31), "width": range(6, 21), "beans": range(10, 60)},
        (
            Step("area", "length * width", "The garden has {work} square meters."),
            Step("quarter", "area / 4", "The {one} take {work} square meters."),
            Step("planted", "quarter + beans", "Together the plants take {work} square meters."),
            Step("free", "area - planted", "So {work} square meters are free."),
        ),
        {"one": ("carrots", "potatoes", "pumpkins"), "two": ("beans", "peas", "leeks")},
    ),
    Template(
        "fence",
        "{who} puts a fence around a rectangular {place} of {length} meters by {width} meters. A gate of {gate} "
        "meters needs no fence. The fence costs ${price} per meter. How many dollars does the fence cost?",
        {"length": range(15, 60), "width": range(8, 40), "gate": range(2, 7), "price": range(4, 20)},
        (
            Step("around", "2 * (length + width)", "Around the {place} it is {work} meters."),
            Step("fence", "around - gate", "Without the gate it is {work} meters."),
            Step("cost", "fence * price", "The fence costs {dollars}."),
        ),
        {"place": ("field", "meadow", "orchard", "playground")},
    ),
    Template(
        "pancakes",
        "A recipe for {makes} pancakes needs {eggs} eggs. {who} makes {pancakes} pancakes for a party and buys the "
        "eggs in boxes of {box}. {He} needs all the eggs that {he} buys. How many boxes does {he} buy?",
        {"makes": (8, 10, 12, 15), "eggs": (2, 3, 4, 5), "pancakes": range(40, 400, 10), "box": (6, 10, 12)},
        (
            Step("times", "pancakes / makes", "{who} makes the recipe {work} times."),
            Step("all", "times * eggs", "That needs {work} eggs."),
            Step("boxes", "all / box", "{He} buys {work} boxes."),
        ),
    ),
    Template(
        "ribbon",
        "{who} cuts {count} pieces of {size} centimeters from a {thing} of {long} centimeters. How many centimeters "
        "are left?",
        {"count": range(4, 16), "size": range(8, 40), "long": range(200, 600, 10)},
        (
            Step("cut", "count * size", "The pieces are {work} centimeters long together."),
            Step("left", "long - cut", "So {work} centimeters are left."),
        ),
        {"thing": ("ribbon", "rope", "cable", "wire")},
    ),
    Template(
        "truck",
        "A truck may carry {limit} kilograms. It is loaded with {first} {one} of {heavy} kilograms each and {second} "
        "{two} of {light} kilograms each. How many kilograms may still be loaded?",
        {
            "limit": range(1000, 3001, 100),
            "first": range(6, 25),
            "heavy": range(25, 70),
            "second": range(5, 30),
            "light": range(8, 25),
        },
        (
            Step("some", "first * heavy", "The {one} weigh {work} kilograms."),
            Step("more", "second * light", "The {two} weigh {work} kilograms."),
            Step("loaded", "some + more", "Together they weigh {work} kilograms."),
            Step("left", "limit - loaded", "So {work} kilograms may still be loaded."),
        ),
        {"one": ("barrels", "crates"), "two": ("sacks", "boxes")},
    ),
    Template(
        "cooler",
        "A cooler holds {liters} liters of {drink}. At a game each of {players} players drinks {glasses} glasses of "
        "{small} milliliters. How many liters of {drink} are left?",
        {"liters": range(10, 41), "players": range(5, 21), "glasses": range(2, 6), "small": (200, 250, 300, 400)},
        (
            Step("count", "players * glasses", "The players drink {work} glasses."),
            Step("drunk", "count * small", "That is {work} milliliters."),
            Step("whole", "drunk / 1000", "That is {work} liters."),
            Step("left", "liters - whole", "So {work} liters are left."),
        ),
        {"drink": ("water", "lemonade", "iced tea")},
    ),
)
