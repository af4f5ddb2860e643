"""How a person moves: joint angles over time, and where the joints then are.

Body frame: metres, x to the right of the picture, y down, z towards the viewer, the pelvis at 0.
Side +1 is the arm or leg on the right of the picture, while the person faces the viewer.
"""

from dataclasses import dataclass

import numpy as np

from rvm.datasets.demo.noise import Wobble

ACTIONS = ('idle', 'talk', 'wave', 'walk', 'turn', 'dance')
SIDES = (-1, 1)
NECK_HEIGHT = 0.50
"""From the pelvis to the base of the neck."""

HEAD_HEIGHT = 0.675
"""From the pelvis to the centre of the head."""


@dataclass(frozen=True)
class Build:
    """Proportions of a body, factors around 1."""

    shoulders: float = 1.0
    hips: float = 1.0
    girth: float = 1.0
    arms: float = 1.0
    legs: float = 1.0
    head: float = 1.0


@dataclass
class Arm:
    """Joints of an arm, [3] each; `hand` is the tip of the middle finger."""

    shoulder: np.ndarray
    elbow: np.ndarray
    wrist: np.ndarray
    hand: np.ndarray


@dataclass
class Leg:
    """Joints of a leg, [3] each."""

    hip: np.ndarray
    knee: np.ndarray
    ankle: np.ndarray
    toe: np.ndarray


@dataclass
class Joints:
    """A posture: points [3] in metres, seen from the camera; head angles in radians."""

    yaw: float
    pelvis: np.ndarray
    neck: np.ndarray
    head: np.ndarray
    head_yaw: float
    head_pitch: float
    head_roll: float
    arms: dict[int, Arm]
    legs: dict[int, Leg]
    blink: bool
    mouth: float


class Motion:
    """The joint angles of a person over time: an action, and a wobble on every angle.

    Args:
        rng: Where the motion comes from.
        action: One of `ACTIONS`.
        build: Proportions of the body.
        heading: Where a walker walks, +1 to the right of the picture or -1; drawn if 0.
    """

    def __init__(
        self, rng: np.random.Generator, action: str, build: Build, heading: int = 0
    ) -> None:
        self.action, self.build = action, build
        self._tempo = rng.uniform(0.7, 1.4)
        self._phase = rng.uniform(0, 2 * np.pi)
        self._facing = rng.uniform(-0.5, 0.5)
        self._turn_from, self._turn_rate = rng.uniform(-1.4, 1.4), rng.uniform(-1.5, 1.5)
        self._heading = float(rng.choice([-1, 1]))
        self._heading = float(heading) or self._heading
        self._side = int(rng.choice(SIDES))
        self._rest = {
            (side, name): rng.uniform(low, high)
            for side in SIDES
            for name, low, high in (
                ('abduct', 0.06, 0.45),
                ('flex', -0.25, 0.35),
                ('elbow', 0.1, 1.5),
                ('roll', -0.9, 0.3),
                ('spread', 0.02, 0.16),
            )
        }
        self._wobbles: dict[str, Wobble] = {}
        for name in ('yaw', 'lean', 'bow', 'head_yaw', 'head_pitch', 'head_roll', 'mouth', 'drift'):
            self._wobbles[name] = Wobble(rng, 0.5)
        for side in SIDES:
            for name in ('abduct', 'flex', 'elbow', 'roll', 'leg'):
                self._wobbles[f'{name}{side}'] = Wobble(rng, 1.1 if action == 'dance' else 0.6)
        self._amount = {'idle': 0.25, 'talk': 0.7, 'dance': 1.3}.get(action, 0.4)
        self._blink = Wobble(rng, 1.2)

    def joints(self, time: float) -> Joints:
        """Return the posture at `time` seconds."""
        wobble = {name: function(time) for name, function in self._wobbles.items()}
        swing = self._phase + 2 * np.pi * self._tempo * time
        yaw = self._facing + 0.4 * self._amount * wobble['yaw']
        pelvis = np.array([0.04 * wobble['drift'], 0.0, 0.0])
        if self.action == 'walk':
            yaw = self._heading * 1.1 + 0.2 * wobble['yaw']
            pelvis[:2] = 0.1 * self._heading * (time - 0.8), 0.02 * np.cos(2 * swing)
        elif self.action == 'turn':
            yaw = self._turn_from + self._turn_rate * time
        elif self.action == 'dance':
            pelvis[1] = 0.04 * np.cos(2 * swing)
            yaw += 0.4 * np.sin(swing)
        spine = _tilt(0.12 * self._amount * wobble['lean'], 0.05 + 0.1 * wobble['bow'])
        neck = spine @ np.array([0, -NECK_HEIGHT, 0])
        head_yaw = yaw * 0.8 + 0.5 * wobble['head_yaw']
        head = neck + spine @ np.array([0, NECK_HEIGHT - HEAD_HEIGHT, 0.02])
        turn = _turn(yaw)
        arms = {side: self._arm(side, wobble, swing, spine) for side in SIDES}
        legs = {side: self._leg(side, wobble, swing) for side in SIDES}
        for part in (*arms.values(), *legs.values()):
            for name, point in vars(part).items():
                setattr(part, name, pelvis + turn @ point)
        return Joints(
            yaw=yaw,
            pelvis=pelvis,
            neck=pelvis + turn @ neck,
            head=pelvis + turn @ head,
            head_yaw=head_yaw,
            head_pitch=0.25 * wobble['head_pitch'],
            head_roll=0.2 * wobble['head_roll'] + 0.1 * self._amount * wobble['lean'],
            arms=arms,
            legs=legs,
            blink=self._blink(time) > 0.6,
            mouth=max(0.0, wobble['mouth']) if self.action in ('talk', 'dance') else 0.0,
        )

    def _arm(self, side: int, wobble: dict[str, float], swing: float, spine: np.ndarray) -> Arm:
        amount = self._amount
        angle = {
            name: self._rest[side, name] + amount * reach * wobble[f'{name}{side}']
            for name, reach in (('abduct', 0.6), ('flex', 0.8), ('elbow', 0.8), ('roll', 0.6))
        }
        if self.action == 'talk':
            angle['elbow'] += 0.6
        elif self.action == 'dance':
            angle['abduct'] += 0.6
        elif self.action == 'walk':
            angle['flex'] = -0.5 * side * np.sin(swing)
            angle['elbow'] = 0.45
        elif self.action == 'wave' and side == self._side:
            angle |= {'abduct': 1.2 + 0.2 * wobble['abduct1'], 'flex': 0.15, 'elbow': 1.5}
            angle['roll'] = np.pi / 2 + 0.55 * np.sin(2.2 * swing)
        upper = _hanging(side, max(angle['abduct'], 0.02), angle['flex'])
        forward = np.array([0, -0.3, 1.0])
        forward = _unit(forward - (forward @ upper) * upper)
        outward = np.cross(upper, forward) * side
        bend = np.clip(angle['elbow'], 0.05, 2.3)
        hinge = np.cos(angle['roll']) * forward + np.sin(angle['roll']) * outward
        fore = np.cos(bend) * upper + np.sin(bend) * hinge
        hand = _unit(fore + 0.3 * wobble[f'flex{side}'] * hinge)
        start = spine @ np.array([side * 0.165 * self.build.shoulders, -0.435, 0])
        elbow = start + 0.29 * self.build.arms * (spine @ upper)
        wrist = elbow + 0.25 * self.build.arms * (spine @ fore)
        return Arm(start, elbow, wrist, wrist + 0.17 * self.build.arms * (spine @ hand))

    def _leg(self, side: int, wobble: dict[str, float], swing: float) -> Leg:
        flex, knee = 0.1 * self._amount * wobble[f'leg{side}'], 0.06
        if self.action == 'walk':
            flex = 0.5 * side * np.sin(swing)
            knee = 0.12 + 0.8 * max(0.0, -np.sin(side * swing + 0.9 * side + 0.4))
        elif self.action == 'dance':
            lift = max(0.0, side * np.sin(swing))
            flex, knee = 0.5 * lift, 0.1 + 0.9 * lift
        thigh = _hanging(side, self._rest[side, 'spread'], flex)
        back = np.array([0, 0, -1.0])
        back = _unit(back - (back @ thigh) * thigh)
        shin = np.cos(knee) * thigh + np.sin(knee) * back
        hip = np.array([side * 0.09 * self.build.hips, 0.02, 0])
        middle = hip + 0.43 * self.build.legs * thigh
        ankle = middle + 0.41 * self.build.legs * shin
        toe = ankle + _unit(-0.8 * back + 0.35 * shin + np.array([0.25 * side, 0, 0])) * 0.19
        return Leg(hip, middle, ankle, toe)


def _hanging(side: int, abduct: float, flex: float) -> np.ndarray:
    """Return the direction [3] of a limb raised sideways and forward from hanging down."""
    down = np.cos(abduct)
    return np.array([side * np.sin(abduct), down * np.cos(flex), down * np.sin(flex)])


def _unit(vector: np.ndarray) -> np.ndarray:
    return vector / max(float(np.linalg.norm(vector)), 1e-6)


def _turn(yaw: float) -> np.ndarray:
    """Return the rotation [3, 3] about the upright axis: what faced the viewer faces +x."""
    cos, sin = np.cos(yaw), np.sin(yaw)
    return np.array([[cos, 0, sin], [0, 1, 0], [-sin, 0, cos]])


def _tilt(sideways: float, forward: float) -> np.ndarray:
    """Return the rotation [3, 3] that leans an upright back."""
    cos, sin = np.cos(sideways), np.sin(sideways)
    side = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])
    cos, sin = np.cos(forward), np.sin(forward)
    return side @ np.array([[1, 0, 0], [0, cos, sin], [0, -sin, cos]])
