"""The families of the gallery: what was new, what it cost, what came of it, in three sentences each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from lib.i18n import N_


@dataclass(frozen=True, slots=True)
class Family:
    """What the networks of one publication have in common; the story is a message id."""

    year: int
    source: str
    story: str


LENET: Final = Family(1998, "LeCun et al. 1998, Gradient-Based Learning Applied to Document Recognition", N_(
    "A network that learned its own filters from the pixels, where others had built them by hand. Its 61,706 numbers "
    "took days to train on a workstation. It read the amounts on millions of cheques, and its plan of convolution and "
    "pooling is still that of most networks."))
ALEXNET: Final = Family(2012, "Krizhevsky et al. 2012, ImageNet Classification with Deep Convolutional Networks", N_(
    "ReLU, dropout and two graphics cards made a large convolutional network trainable at last. Its 61 million "
    "numbers, nearly all of them in three Dense layers, took six days. It nearly halved the errors of the ImageNet "
    "contest, and after it nobody entered with anything else."))
VGG: Final = Family(2014, "Simonyan and Zisserman 2014, Very Deep Convolutional Networks for Large-Scale Image "
                    "Recognition", N_(
    "Only windows of 3×3, and many of them: two see as far as one 5×5 and cost less. The first Dense layer alone has "
    "103 million of its numbers, and an image takes 15 billion multiply-adds. Its features are still what images are "
    "compared by, in style transfer and elsewhere."))
NIN: Final = Family(2013, "Lin et al. 2013, Network In Network", N_(
    "Behind every window stands a small network of 1×1 convolutions, and a mean of each channel takes the place of "
    "the Dense layers. It has less than a million numbers and was as good as networks with many times more. The 1×1 "
    "convolution and the global mean are in nearly every network since."))
SQUEEZENET: Final = Family(2016, "Iandola et al. 2016, SqueezeNet", N_(
    "It asks how few numbers suffice: narrow 1×1 layers stand before all wide ones. With 1.2 million it reaches what "
    "AlexNet did with fifty times more, at less than half the multiply-adds of its own first version. It opened the "
    "search for networks that fit into a phone."))
GOOGLENET: Final = Family(2015, "Szegedy et al. 2015, Going Deeper with Convolutions", N_(
    "Each of its nine blocks looks through windows of four kinds at once, with 1×1 convolutions that make the wide "
    "ones cheap. Its 7 million numbers are one part in nine of AlexNet's, and an image takes 1.6 billion "
    "multiply-adds. It won the ImageNet contest of 2014, and cheap blocks of several branches became a school of "
    "their own."))
INCEPTION: Final = Family(2016, "Szegedy et al. 2016, Rethinking the Inception Architecture for Computer Vision", N_(
    "Windows of several sizes stand side by side, and a large one becomes a row and a column. It needs 24 million "
    "numbers and 5.7 billion multiply-adds, less than half of VGG's, and is far better. Its rules for shaping a "
    "network and its smoothing of labels stayed longer than its blocks."))
RESNET: Final = Family(2015, "He et al. 2015, Deep Residual Learning for Image Recognition", N_(
    "Each block learns a change that is added to its input, so that more depth need not make a network worse. All 152 "
    "layers of the deepest take 11.5 billion multiply-adds, fewer than the 19 of VGG. The sum is in every large "
    "network since, up to the transformers."))
RESNET_V2: Final = Family(2016, "He et al. 2016, Identity Mappings in Deep Residual Networks", N_(
    "Normalization and activation move before the convolutions, and nothing stands in the way of the sum any more. It "
    "costs the same as the first version. Networks of a thousand layers became trainable, and transformers put their "
    "normalization there too."))
RESNET_CIFAR: Final = Family(2015, "He et al. 2015, Deep Residual Learning for Image Recognition, section 4.2", N_(
    "The same blocks for small images, in three stages, to show what depth alone does. From 20 to 110 layers it goes "
    "from 0.27 to 1.7 million numbers and gets better all the way, where plain networks get worse. It became the "
    "standard on which ideas for training are tried."))
WIDE: Final = Family(2016, "Zagoruyko and Komodakis 2016, Wide Residual Networks", N_(
    "Ten times wider instead of a thousand layers deep. It has 36.5 million numbers, but its wide layers suit "
    "graphics cards, and it trains several times faster than a thin one of equal quality. It showed that width counts "
    "as much as depth."))
DENSENET: Final = Family(2017, "Huang et al. 2017, Densely Connected Convolutional Networks", N_(
    "Every layer sees what all layers before it found, and adds only a few channels. With 8 million numbers it "
    "reaches a ResNet of three times as many, but keeping all features needs much memory. It was the best paper of "
    "its conference, and is still much used for medical images."))
XCEPTION: Final = Family(2017, "Chollet 2017, Xception: Deep Learning with Depthwise Separable Convolutions", N_(
    "Inception taken to its end: each channel is looked at by itself, and a 1×1 convolution mixes them. It has as "
    "many numbers as Inception v3, uses them better, and takes more multiply-adds. Separable convolutions became the "
    "usual means against cost."))
MOBILENET: Final = Family(2017, "Howard et al. 2017, MobileNets: Efficient Convolutional Neural Networks", N_(
    "A whole network of separable convolutions, with two knobs for its width and its images. It takes 4.2 million "
    "numbers and 0.57 billion multiply-adds, one part in 27 of VGG16's. It brought image networks to phones."))
MOBILENET_V2: Final = Family(2018, "Sandler et al. 2018, MobileNetV2: Inverted Residuals and Linear Bottlenecks", N_(
    "Residual blocks turned inside out: wide within, narrow without, and no activation where it is narrow. 3.5 "
    "million numbers and 0.3 billion multiply-adds are better than the first version's larger count. Its block is the "
    "one that searches for small networks build with."))
MOBILENET_V3: Final = Family(2019, "Howard et al. 2019, Searching for MobileNetV3", N_(
    "A search by machine chose the sizes of its blocks, and people shortened its expensive ends. It takes 0.22 "
    "billion multiply-adds, and hard activations that a phone computes quickly. It is what phones and browsers run to "
    "this day."))
EFFICIENTNET: Final = Family(2019, "Tan and Le 2019, EfficientNet: Rethinking Model Scaling", N_(
    "One small network was searched, then made wider, deeper and sharper at once by one rule. From B0 to B7 it goes "
    "from 5 to 67 million numbers, and a hundredfold in multiply-adds. It made scaling a thing to be measured, as is "
    "done with language models today."))
CONVNEXT: Final = Family(2022, "Liu et al. 2022, A ConvNet for the 2020s", N_(
    "A ResNet that took over, step by step, how transformers are built and trained. It has the size and cost of a "
    "small Swin transformer and is a little better. It showed that convolutions had not been beaten, only trained "
    "less well."))
VIT: Final = Family(2021, "Dosovitskiy et al. 2021, An Image Is Worth 16x16 Words", N_(
    "An image is cut into 196 patches that are read like the words of a sentence, without any convolution over it. "
    "Its 86.6 million numbers need far more images than a convolutional network to learn well. Since then one "
    "architecture serves text and images alike."))
